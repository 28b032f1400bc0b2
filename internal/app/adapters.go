package app

import "frontdesk/internal/config"

// recipes gives the adapters that a configuration enables.
func recipes(*service, *config.Config) []recipe {
	return nil
}
