package app

import "frontdesk/internal/config"

// Adapters names the adapters that can be served.
func Adapters() []string { return []string{"slack", "discord"} }

// recipes gives the adapters that a configuration enables.
func recipes(*service, *config.Config) []recipe {
	return nil
}

// doctors gives what examines the adapters.
func doctors(*config.Config) []doctor {
	return nil
}
