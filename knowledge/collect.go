package knowledge

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
)

// Bounds of a base.
const (
	maxFileSize  = strictyaml.MaxSize // bytes
	maxBaseSize  = 64 << 20           // bytes of all its files
	maxFiles     = 10_000
	maxPhrasings = 200_000
)

var (
	yamlExt  = []string{".yaml", ".yml"}
	guideExt = []string{".md", ".markdown"}
)

// A collector finds and reads the files of a base, each once, however often it
// is named; so files that include each other do no harm.
type collector struct {
	ctx    context.Context
	src    source
	faults fault.List
	files  []*file
	guides []*guide
	seen   map[string]bool // identities of the files read
	dirs   map[string]bool // folders in which a new file may belong to the base
	size   int64
	full   bool // the base has reached a bound, which is reported
}

func newCollector(ctx context.Context, o Options) *collector {
	c := &collector{
		ctx:  ctx,
		src:  source{fsys: o.FS, dir: o.Dir},
		seen: map[string]bool{}, dirs: map[string]bool{},
	}
	if c.src.dir == "" {
		c.src.dir = "."
	}
	for p, data := range o.Instead {
		if c.src.instead == nil {
			c.src.instead = map[string][]byte{}
		}
		c.src.instead[c.src.identity(c.src.join(c.src.dir, p))] = data
	}
	return c
}

// collect reads everything that the paths name. Its error is that of the
// context; what is wrong with files is in the faults.
func (c *collector) collect(paths []string) error {
	if len(paths) == 0 {
		c.faults.Add(fault.Fault{What: "no knowledge files are named", Do: "name at least one file or folder"})
	}
	for _, p := range paths {
		for _, name := range c.find(c.src.dir, p, yamlExt, fault.Fault{File: c.src.join(c.src.dir, p)}) {
			c.read(name, fault.Fault{File: name})
		}
	}
	return c.ctx.Err()
}

// find gives the files that a path means: itself, those of a folder with the
// extensions, or those that a glob matches. The place is where the path was
// written; what is wrong with the path is reported there.
func (c *collector) find(dir, p string, ext []string, place fault.Fault) []string {
	fail := func(what, do string) []string {
		place.What, place.Do = what, do
		c.faults.Add(place)
		return nil
	}
	name := c.src.join(dir, p)
	info, err := c.src.stat(name)
	switch {
	case err == nil && !info.IsDir():
		c.dirs[c.src.parent(name)] = true
		return []string{name}
	case err == nil:
		names, dirs, err := c.src.walk(c.ctx, name, ext)
		for _, d := range dirs {
			c.dirs[d] = true
		}
		if err != nil {
			if c.ctx.Err() != nil {
				return nil
			}
			return fail(fmt.Sprintf("%s cannot be read: %s", subject(place, name), reason(err)), "")
		}
		if len(names) == 0 {
			return fail(fmt.Sprintf("%s has no file that ends in %s", subject(place, name), strings.Join(ext, " or ")), "")
		}
		return names
	case !isPattern(p):
		c.dirs[c.src.parent(name)] = true
		return fail(fmt.Sprintf("%s cannot be read: %s", subject(place, name), reason(err)), "check the path; it counts from "+dirName(dir))
	}
	return c.findGlob(dir, p, ext, fail)
}

func (c *collector) findGlob(dir, pattern string, ext []string, fail func(what, do string) []string) []string {
	base, all, err := c.src.glob(c.ctx, dir, pattern)
	c.dirs[base] = true
	if c.ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fail(fmt.Sprintf("the pattern %s cannot be used: %s", pattern, reason(err)), "")
	}
	// A pattern may reach into folders; new files there count as well.
	if rest := strings.TrimPrefix(c.src.join(dir, pattern), base); strings.Contains(strings.Trim(rest, `/\`), "/") {
		if _, dirs, err := c.src.walk(c.ctx, base, nil); err == nil {
			for _, d := range dirs {
				c.dirs[d] = true
			}
		}
	}
	names := slices.DeleteFunc(all, func(n string) bool { return !slices.Contains(ext, strings.ToLower(path.Ext(n))) })
	if len(names) == 0 {
		return fail(fmt.Sprintf("the pattern %s matches no file that ends in %s", pattern, strings.Join(ext, " or ")),
			"check the pattern; it counts from "+dirName(dir))
	}
	return names
}

// read reads a knowledge file and what it names. The place is where the file
// was named.
func (c *collector) read(name string, place fault.Fault) {
	if ext := strings.ToLower(path.Ext(name)); slices.Contains(guideExt, ext) {
		place.What, place.Do = subject(place, name)+" is Markdown, not YAML", "name it under guides: in a knowledge file"
		c.faults.Add(place)
		return
	}
	data, ok := c.bytes(name, place)
	if !ok {
		return
	}
	f, faults := readFile(name, data)
	c.faults = append(c.faults, faults...)
	c.files = append(c.files, f)
	dir := c.src.parent(name)
	for _, p := range f.Include {
		place := strictyaml.Fault(name, p.Node, "", "")
		if p.Value == "" {
			c.faults.Add(strictyaml.Fault(name, p.Node, "an include is empty", "name a file, a folder or a glob"))
			continue
		}
		for _, n := range c.find(dir, p.Value, yamlExt, place) {
			c.read(n, place)
		}
	}
	for _, g := range f.Guides {
		c.readGuides(f, dir, g)
	}
}

func (c *collector) readGuides(f *file, dir string, g strictyaml.At[guideItem]) {
	item := g.Value
	if item.Path.Value == "" {
		c.faults.Add(strictyaml.Fault(f.name, g.Node, "the guide has no path", `write for example "path: handbook/*.md"`))
		return
	}
	from, faults := item.Source.read(f)
	c.faults = append(c.faults, faults...)
	place := strictyaml.Fault(f.name, item.Path.Node, "", "")
	base := c.src.join(dir, item.Path.Value)
	if info, err := c.src.stat(base); err != nil || !info.IsDir() {
		base = c.src.parent(base)
		for isPattern(c.src.relative(dir, base)) {
			base = c.src.parent(base)
		}
	}
	for _, name := range c.find(dir, item.Path.Value, guideExt, place) {
		data, ok := c.bytes(name, place)
		if !ok {
			continue
		}
		c.guides = append(c.guides, &guide{
			name: name,
			path: c.src.relative(dir, name),
			link: link(item.URL.Value, c.src.relative(base, name), c.src.relative(dir, name)),
			tags: values(item.Tags),
			from: from,
			data: data,
		})
	}
}

// bytes reads a file that has not been read yet, within the bounds of a file
// and of the base.
func (c *collector) bytes(name string, place fault.Fault) ([]byte, bool) {
	id := c.src.identity(name)
	if c.full || c.seen[id] || c.ctx.Err() != nil {
		return nil, false
	}
	c.seen[id] = true
	c.dirs[c.src.parent(name)] = true
	data, err := c.src.read(name, maxFileSize)
	c.size += int64(len(data))
	switch {
	case errors.Is(err, errTooLarge):
		place.What, place.Do = fmt.Sprintf("%s is larger than %d MiB", subject(place, name), maxFileSize>>20), "split the file"
	case err != nil:
		place.What, place.Do = fmt.Sprintf("%s cannot be read: %s", subject(place, name), reason(err)), ""
	case c.size > maxBaseSize:
		c.full = true
		place.What, place.Do = fmt.Sprintf("with %s the base is larger than %d MiB", subject(place, name), maxBaseSize>>20), "make two bases of it"
	case len(c.seen) > maxFiles:
		c.full = true
		place.What, place.Do = errTooMany.Error()+" in one base", "put more entries into one file, or make two bases of it"
	default:
		return data, true
	}
	c.faults.Add(place)
	return nil, false
}

// subject names a file in a fault, unless the fault stands at that file anyway.
func subject(place fault.Fault, name string) string {
	if place.File == name && place.Line == 0 {
		return "it"
	}
	return name
}

// dirName names a folder in a sentence.
func dirName(dir string) string {
	if dir == "." {
		return "the current folder"
	}
	return dir
}

// values gives the texts without their places.
func values(texts []written) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t.Value)
	}
	return out
}
