package exec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/dispatch/dispatchtest"
)

// Whatever a slot is given, the program gets the same arguments and variables
// but for the value, which arrives as it is or is refused.
func TestHostileValues(t *testing.T) {
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	dir := t.TempDir()
	// Each value stands where an option could, within an option, after the
	// options, and in a variable. One run of the program takes many of them.
	settings := func(n int) string {
		var before, after, env []string
		for i := range n {
			before = append(before, fmt.Sprintf("{a%d}", i), fmt.Sprintf("--room={a%d}", i))
			after = append(after, fmt.Sprintf("{a%d}", i))
			env = append(env, fmt.Sprintf(`V%d: "<{a%d}>", `, i, i))
		}
		args := slices.Concat(before, []string{"--"}, after)
		return strings.Replace(echoing(t, args...), "env: {", "env: {"+strings.Join(env, ""), 1)
	}
	const batch = 25
	one, many := runner(t, dir, settings(1)), runner(t, dir, settings(batch))
	var fit []string
	refused := 0
	for _, value := range dispatchtest.Hostile() {
		slots := values("a0", value)
		if !strings.HasPrefix(one.Preview(bot.Call{Slots: slots}), "refuse: ") {
			fit = append(fit, value)
			continue
		}
		refused++
		if result := run(t, one, slots); !result.Failed || result.Problem == "" || result.Output != "" {
			t.Errorf("%.80q is refused, and yet: %+v", value, result)
		}
	}
	arrived, through := 0, 0
	for chunk := range slices.Chunk(fit, batch) {
		for len(chunk) < batch {
			chunk = append(chunk, "kitchen")
		}
		var pairs []string
		for i, value := range chunk {
			pairs = append(pairs, fmt.Sprintf("a%d", i), value)
		}
		got := echoed(t, many, values(pairs...))
		if len(got.Args) != 3*batch+1 || got.Args[2*batch] != "--" {
			t.Errorf("%d arguments for %q", len(got.Args), chunk)
			through += len(chunk)
			continue
		}
		for i, value := range chunk {
			arrived++
			if got.Args[2*i] != value || got.Args[2*i+1] != "--room="+value || got.Args[2*batch+1+i] != value ||
				!slices.Contains(got.Env, fmt.Sprintf("V%d=<%s>", i, value)) {
				through++
				t.Errorf("%.80q got through", value)
			}
		}
	}
	arrived -= (batch - len(fit)%batch) % batch
	t.Logf("%d values in four places, %d arrived as they are, %d refused, %d got through", arrived+refused, arrived, refused, through)
	if arrived < 350 {
		t.Errorf("only %d arrived", arrived)
	}
}
