package homeassistant_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"frontdesk/bot/dispatch/homeassistant/hatest"
	"frontdesk/knowledge/importer/homeassistant"
)

// TestInstance holds what is read of a running instance, as a store of slots.
func TestInstance(t *testing.T) {
	s := hatest.New("secret")
	defer s.Close()
	house, notes, err := homeassistant.ReadInstance(t.Context(), homeassistant.Instance{URL: s.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) > 0 {
		t.Error(notes)
	}
	im := homeassistant.Store(house)
	var out strings.Builder
	if err := im.WriteYAML(&out, ""); err != nil {
		t.Fatal(err)
	}
	golden(t, "instance.golden.yaml", out.String())
	golden(t, "instance.notes", im.Notes.Error()+"\n")
	load(t, im)
}

// TestInstanceWithSentences holds that sentences can name what an instance has.
func TestInstanceWithSentences(t *testing.T) {
	s := hatest.New("secret")
	defer s.Close()
	house, _, err := homeassistant.ReadInstance(t.Context(), homeassistant.Instance{URL: s.URL + "/", Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	im, err := homeassistant.Read(t.Context(), readDir(t, "_common.yaml", "flat.yaml"), house)
	if err != nil {
		t.Fatal(err)
	}
	base := load(t, im)
	for said, want := range map[string]string{
		"start cooking light":                 "light.kitchen_lamp",
		"start fountain (small) in my lounge": "switch.fountain living_room",
		"start reading lamp downstairs":       "",
		"stop the reading lamp":               "Reading lamp",
		"start left curtain":                  "cover.left",
		"start the cellar lamp":               "",
	} {
		_, slots := intent(t, base, said, nil)
		if got := strings.TrimSpace(slots["name"] + " " + slots["area"]); got != want {
			t.Errorf("%q: %v, want %s", said, slots, want)
		}
	}
}

// TestInstanceWithout holds that an instance that does not tell some things is
// read without them, and that this is said.
func TestInstanceWithout(t *testing.T) {
	s := hatest.New("secret")
	defer s.Close()
	s.Without = []string{"config/floor_registry/list", "config/entity_registry/list", "config/entity_registry/get_entries", "homeassistant/expose_entity/list"}
	house, notes, err := homeassistant.ReadInstance(t.Context(), homeassistant.Instance{URL: s.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if len(house.Floors) != 0 || len(house.Entities) != len(s.Entities) {
		t.Errorf("%d floors and %d entities", len(house.Floors), len(house.Entities))
	}
	golden(t, "instance-without.notes", notes.Error()+"\n")
	s.Without = append(s.Without, "get_states")
	if _, _, err := homeassistant.ReadInstance(t.Context(), homeassistant.Instance{URL: s.URL, Token: "secret"}); err == nil || !strings.Contains(err.Error(), "get_states: Unknown command.") {
		t.Error(err)
	}
}

func TestInstanceRefuses(t *testing.T) {
	s := hatest.NewTLS("secret")
	defer s.Close()
	ask := func(i homeassistant.Instance) error {
		_, _, err := homeassistant.ReadInstance(t.Context(), i)
		return err
	}
	if err := ask(homeassistant.Instance{URL: s.URL, Token: "secret", Client: s.Client()}); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
	if err := ask(homeassistant.Instance{URL: s.URL, Token: "secret"}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without its certificate: %v", err)
	}
	if err := ask(homeassistant.Instance{URL: s.URL, Token: "wrong", Client: s.Client()}); !errors.Is(err, homeassistant.ErrRefused) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong token: %v", err)
	}
	nothing := httptest.NewServer(nil)
	defer nothing.Close()
	for url, want := range map[string]string{
		nothing.URL:                  "404",
		"homeassistant.local":        "the address of Home Assistant is none",
		"ftp://homeassistant.local":  "begins with neither",
		"http://a:b@localhost":       "the address of Home Assistant is none",
		"http://127.0.0.1:1/":        "connecting to Home Assistant",
		"http://localhost?token=abc": "the address of Home Assistant is none",
	} {
		if err := ask(homeassistant.Instance{URL: url, Token: "secret"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}
