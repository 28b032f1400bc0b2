package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"frontdesk/internal/config"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

const deployFolder = "../../deploy"

func deployRead(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(deployFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// deployVerb checks that our verb and flags exist, and gives the verb.
func deployVerb(t *testing.T, args []string) *cobra.Command {
	t.Helper()
	root := newRoot(&cli{out: io.Discard, err: io.Discard})
	cmd, rest, err := root.Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil || cmd == root {
		t.Errorf("%q: %v", args, err)
	}
	return cmd
}

// The unit starts what there is, and knows our exit codes.
func TestDeployUnit(t *testing.T) {
	unit := deployRead(t, "frontdesk.service")
	settings := map[string][]string{}
	for line := range strings.Lines(unit) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			settings[key] = append(settings[key], value)
		}
	}
	start := strings.Fields(settings["ExecStart"][0])
	if cmd := deployVerb(t, start[1:]); cmd.Name() != "serve" {
		t.Errorf("it starts %s", cmd.Name())
	}
	if want := fmt.Sprint(codeUsage, " ", codeFaults); settings["RestartPreventExitStatus"][0] != want {
		t.Errorf("it is not started again after %s, but the codes are %s", settings["RestartPreventExitStatus"], want)
	}
	if !strings.Contains(unit, "${file:/run/credentials/frontdesk.service/"+settings["LoadCredential"][0]+"}") {
		t.Error("it does not say how a credential is named in config.yaml")
	}
	if dir := "/var/lib/" + settings["StateDirectory"][0]; !strings.Contains(settings["ExecStart"][0], "--data-dir "+dir+" ") {
		t.Errorf("the data_dir is not %s", dir)
	}
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "frontdesk.service")
	if err := os.WriteFile(copied, []byte(strings.ReplaceAll(unit, start[0], exe)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(verify, "verify", copied).CombinedOutput(); err != nil || strings.Contains(string(out), "frontdesk.service:") {
		t.Errorf("%v: %s", err, out)
	}
}

// The unit of the microphone starts what there is, and knows our exit codes.
func TestDeployMicrophone(t *testing.T) {
	settings := map[string]string{}
	for line := range strings.Lines(deployRead(t, "frontdesk-mic.service")) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			settings[key] = value
		}
	}
	if cmd := deployVerb(t, strings.Fields(settings["ExecStart"])[1:]); cmd.Name() != "listen" {
		t.Errorf("it starts %s", cmd.Name())
	}
	if want := fmt.Sprint(codeUsage, " ", codeFaults); settings["RestartPreventExitStatus"] != want {
		t.Errorf("it is not started again after %s, but the codes are %s", settings["RestartPreventExitStatus"], want)
	}
	if !strings.Contains(settings["ExecStart"], "--data-dir %S/"+settings["StateDirectory"]+" ") {
		t.Errorf("its data_dir is not %s", settings["StateDirectory"])
	}
	if settings["PrivateDevices"] == "yes" || settings["StandardOutput"] != "null" || settings["WantedBy"] != "default.target" {
		t.Errorf("%v", settings)
	}
}

// The container starts what there is, at the port where it answers.
func TestDeployContainer(t *testing.T) {
	file := deployRead(t, "Dockerfile")
	lists := regexp.MustCompile(`(?m)(?:ENTRYPOINT|CMD) \[(.*)\]$`).FindAllStringSubmatch(file, -1)
	var words [][]string
	for _, l := range lists {
		var args []string
		for _, w := range strings.Split(l[1], ",") {
			args = append(args, strings.Trim(w, ` "`))
		}
		words = append(words, args)
	}
	if len(words) != 3 {
		t.Fatalf("found %q", words)
	}
	if cmd := deployVerb(t, words[0][1:]); cmd.Name() != "health" {
		t.Errorf("its health is asked by %s", cmd.Name())
	}
	if cmd := deployVerb(t, append(words[1][1:], words[2]...)); cmd.Name() != "serve" {
		t.Errorf("it starts %s", cmd.Name())
	}
	_, port, err := net.SplitHostPort(config.DefaultHTTP().Address)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(file, "\nEXPOSE "+port+"\n") {
		t.Errorf("it does not expose the port %s", port)
	}
	if !strings.Contains(file, "FRONTDESK_CONFIG=/etc/frontdesk/config.yaml") {
		t.Error("its configuration is not where it says")
	}
	var version struct{ major, minor int }
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(mod), "\ngo ")
	if _, err := fmt.Sscanf(after, "%d.%d", &version.major, &version.minor); err != nil {
		t.Fatal(err)
	}
	if from := fmt.Sprintf("FROM golang:%d.%d-", version.major, version.minor); !strings.Contains(file, from) {
		t.Errorf("it is not built %s", from)
	}
	// A program with C in it needs at least the libraries that it was built with.
	stages := regexp.MustCompile(`(?m)^FROM golang:[0-9.]+-(\S+) AS build$[\s\S]*^FROM debian:(\S+)-slim$`).FindStringSubmatch(file)
	if stages == nil || stages[1] != stages[2] {
		t.Errorf("it is built on one release of Debian and runs on another: %q", stages)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range regexp.MustCompile(`make ([a-z]+)`).FindAllStringSubmatch(file, -1) {
		if !strings.Contains(string(makefile), "\n"+run[1]+": ") {
			t.Errorf("it makes %q, which the Makefile does not have", run[1])
		}
	}
	if user := regexp.MustCompile(`(?m)^USER (\d+):\d+$`).FindStringSubmatch(file); user == nil || user[1] == "0" {
		t.Errorf("it runs as %q", user)
	}
	var compose struct {
		Services map[string]struct {
			Build   struct{ Context, Dockerfile string }
			Ports   []string
			Volumes []string
			Secrets []string
		}
		Secrets map[string]any
		Volumes map[string]any
	}
	if err := yaml.Unmarshal([]byte(deployRead(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	s := compose.Services["frontdesk"]
	if _, err := os.Stat(filepath.Join(deployFolder, s.Build.Context, s.Build.Dockerfile)); errors.Is(err, os.ErrNotExist) || s.Build.Dockerfile == "" {
		t.Errorf("it is built with %q: %v", s.Build.Dockerfile, err)
	}
	if fmt.Sprint(s.Ports) != "[127.0.0.1:"+port+":"+port+"]" {
		t.Errorf("the ports are %s", s.Ports)
	}
	for _, v := range s.Volumes {
		from, to, _ := strings.Cut(v, ":")
		if _, named := compose.Volumes[from]; !named && !strings.HasPrefix(from, "./") {
			t.Errorf("the volume %s is nowhere", v)
		}
		if strings.HasPrefix(to, "/data") && !strings.Contains(file, `"`+to+`"`) {
			t.Errorf("%s is no volume of the image", to)
		}
	}
	for _, name := range s.Secrets {
		if compose.Secrets[name] == nil {
			t.Errorf("the secret %s is nowhere", name)
		}
	}
}
