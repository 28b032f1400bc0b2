package schedule

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge/template"
)

// maxListed is how many jobs are listed.
const maxListed = 20

// A keeper lists jobs, and cancels them where it is told which.
type keeper struct {
	deps   Deps
	cancel text
	all    bool // also those of other people
	zone   *time.Location
}

func (k *keeper) Slots() []string { return k.cancel.Slots() }

func (k *keeper) Preview(c bot.Call) string {
	whose := "own"
	if k.all {
		whose = "all"
	}
	if !k.cancel.given {
		return "list " + whose + " jobs"
	}
	return fmt.Sprintf("cancel of %s jobs: %s", whose, k.cancel.Expand(canonical(c)))
}

// Run lists the jobs or cancels some.
func (k *keeper) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	if k.deps.Store == nil {
		return bot.Result{Text: "Nothing is scheduled."}, nil
	}
	jobs, err := k.jobs(ctx, c)
	if err != nil {
		return bot.Result{}, fmt.Errorf("looking what is scheduled: %w", err)
	}
	switch {
	case len(jobs) == 0 && k.cancel.given:
		return failed("nothing is scheduled"), nil
	case len(jobs) == 0:
		return bot.Result{Text: "Nothing is scheduled."}, nil
	case !k.cancel.given:
		return bot.Result{Text: k.list(jobs)}, nil
	}
	picked, problem := k.pick(jobs, k.cancel.Expand(canonical(c)))
	if problem != "" {
		return failed(problem), nil
	}
	var ids []int64
	for _, b := range picked {
		ids = append(ids, b.ID)
	}
	n, err := k.deps.Store.CancelJobs(ctx, ids)
	switch {
	case err != nil:
		return bot.Result{}, fmt.Errorf("cancelling: %w", err)
	case n == 0:
		return failed("it is being done already"), nil
	case n == 1 && len(picked) == 1:
		return bot.Result{Text: fmt.Sprintf("Cancelled: **%s**, which was due %s.", bot.Escape(picked[0].Name), bot.Escape(k.dueOf(picked[0])))}, nil
	}
	return bot.Result{Text: fmt.Sprintf("Cancelled: %d jobs.", n)}, nil
}

// jobs gives the jobs that the caller may see, without those that are being
// carried out for the last time.
func (k *keeper) jobs(ctx context.Context, c bot.Call) ([]bot.Job, error) {
	sender := c.Caller.Sender
	if k.all || c.Caller.Person != "" {
		sender = "" // whoever they were when they scheduled it
	} else if sender == "" {
		return nil, nil // nobody has nothing, and an empty sender means everybody
	}
	jobs, err := k.deps.Store.Jobs(ctx, c.Base, sender)
	return slices.DeleteFunc(jobs, func(b bot.Job) bool {
		own := b.Caller.Sender == c.Caller.Sender && b.Caller.Sender != "" || b.Caller.Person == c.Caller.Person && b.Caller.Person != ""
		return !own && !k.all || !b.Begun.IsZero() && b.Repeat == ""
	}), err
}

// list says which jobs there are.
func (k *keeper) list(jobs []bot.Job) string {
	var b strings.Builder
	for i, job := range jobs {
		if i == maxListed {
			fmt.Fprintf(&b, "\n\nAnd %d more.", len(jobs)-maxListed)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d. **%s**: %s", i+1, bot.Escape(job.Name), bot.Escape(k.dueOf(job)))
		if k.all {
			fmt.Fprintf(&b, ", for %s", bot.Escape(who(job.Caller)))
		}
	}
	return b.String()
}

func who(c bot.Caller) string {
	if c.Person != "" {
		return c.Person
	}
	return string(c.Sender)
}

func (k *keeper) dueOf(b bot.Job) string {
	text := inWords(b.Due.In(k.zone), k.deps.Now())
	if b.Repeat != "" {
		text = ruleInWords(b.Repeat) + ", next " + text
	}
	return text
}

// pick finds the jobs that are meant.
func (k *keeper) pick(jobs []bot.Job, meant string) ([]bot.Job, string) {
	meant = template.Normalize(meant)
	switch meant {
	case "":
		return nil, "that says not which"
	case "all", "everything", "all of them":
		return jobs, ""
	case "last", "the last", "the last one":
		return []bot.Job{slices.MaxFunc(jobs, func(a, b bot.Job) int { return cmp.Compare(a.ID, b.ID) })}, ""
	}
	if n, err := strconv.Atoi(meant); err == nil && n >= 1 && n <= len(jobs) {
		return jobs[n-1 : n], ""
	}
	var same, like []bot.Job
	words := strings.Fields(meant)
	for _, b := range jobs {
		name := template.Normalize(b.Name)
		if name == meant {
			same = append(same, b)
		}
		of := strings.Fields(name)
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(of, w) }) {
			like = append(like, b)
		}
	}
	if len(same) > 0 {
		like = same
	}
	switch len(like) {
	case 0:
		return nil, "nothing of that name is scheduled"
	case 1:
		return like, ""
	}
	var names []string
	for i, b := range like {
		if i == maxListed {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprintf("%s, %s", b.Name, k.dueOf(b)))
	}
	return nil, fmt.Sprintf("%d of them may be meant: %s", len(like), strings.Join(names, "; "))
}
