package mqtt_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/internal/secret"
)

// mosquitto starts Debian's broker with TLS and passwords, and gives its URL and
// the folder of the certificates.
func mosquitto(t *testing.T) (url, dir string) {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program = "/usr/sbin/mosquitto"
	}
	passwd, err := exec.LookPath("mosquitto_passwd")
	if _, missing := os.Stat(program); missing != nil || err != nil {
		t.Skip("mosquitto is not installed; apt-get install mosquitto")
	}
	dir, _ = certificates(t)
	l, err := net.Listen("tcp", anywhere)
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	host, port, _ := strings.Cut(address, ":")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("acl", "user desk\ntopic readwrite home/#\n")
	write("users", "")
	if out, err := exec.Command(passwd, "-b", filepath.Join(dir, "users"), user, password).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write("mosquitto.conf", strings.ReplaceAll(fmt.Sprintf("listener %s %s\nallow_anonymous false\npassword_file D/users\nacl_file D/acl\n"+
		"cafile D/ca.pem\ncertfile D/server.pem\nkeyfile D/server.key\nrequire_certificate true\nuser root\n", port, host), "D/", dir+"/"))
	broker := exec.Command(program, "-c", filepath.Join(dir, "mosquitto.conf"))
	output := new(strings.Builder)
	broker.Stdout, broker.Stderr = output, output
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = broker.Process.Kill()
		_ = broker.Wait()
		if t.Failed() {
			t.Log(output)
		}
	})
	for range 2000 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "mqtts://" + address, dir
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("mosquitto does not answer")
	return "", ""
}

// What holds with a broker in this process holds with the one that most people
// have.
func TestMosquitto(t *testing.T) {
	url, dir := mosquitto(t)
	c := config(url)
	c.TLS = mqtt.TLS{CA: "ca.pem", Cert: "client.pem", Key: "client.key"}
	c = within(t, c, dir)
	b := broker(t, c)
	if result := run(t, runner(t, b, "topic: home/{a}\npayload: b\n"), call("a", "nobody")); result != (bot.Result{Warning: "nobody listens on the topic home/nobody"}) {
		t.Errorf("nobody listens: %+v", result)
	}
	// Another connection is the device: it waits for the command on a topic, and
	// that is its answer.
	device := broker(t, c)
	heard := make(chan bot.Result)
	go func() {
		result, err := runner(t, device, "topic: home/ready\nreply_topic: home/set\npayload: x\nretain: true\ntimeout: 30s\n").Run(t.Context(), call())
		if err != nil {
			t.Error(err)
		}
		heard <- result
	}()
	// Until it listens, the broker says that nobody does.
	var result bot.Result
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if result = run(t, runner(t, b, "topic: home/set\njson: {state: \"{a}\"}\n"), call("a", "on")); result.Warning == "" {
			break
		}
	}
	if got := <-heard; result.Failed || got.Output != `{"state":"on"}` {
		t.Errorf("%+v; heard %+v", result, got)
	}
	for _, qos := range []string{"0", "2"} {
		if result := run(t, runner(t, b, "topic: home/x\npayload: b\nqos: "+qos+"\n"), call()); result.Failed {
			t.Errorf("QoS %s: %+v", qos, result)
		}
	}
	for _, qos := range []string{"1", "2"} {
		if result := run(t, runner(t, b, "topic: secret/x\npayload: b\nqos: "+qos+"\n"), call()); result.Problem != "the broker does not allow it" {
			t.Errorf("no right: %+v", result)
		}
	}
	c.Password = secret.New("hunter2-wrong")
	if result := run(t, runner(t, broker(t, c), "topic: home/x\npayload: b\n"), call()); result.Problem != "the broker does not let us in" {
		t.Errorf("a wrong password: %+v", result)
	}
}
