package discordfake

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"time"
)

// file is an attachment that is kept.
type file struct {
	name     string
	kind     string
	data     []byte
	location string
}

// upload keeps a file and gives the attachment of it. The caller holds the lock.
func (s *Server) upload(channelID string, u Upload) Attachment {
	id := s.id()
	name := path.Base("/" + strings.ReplaceAll(u.Name, "\\", "/"))
	at := "/attachments/" + channelID + "/" + id + "/" + name
	s.files[at] = file{name, u.ContentType, u.Data, u.Location}
	a := Attachment{ID: id, Filename: name, ContentType: u.ContentType, Size: len(u.Data), Duration: u.Duration,
		URL: s.opts.CDN + at + "?ex=ffffffff&is=0&hm=0000"}
	if u.Size != 0 {
		a.Size = u.Size
	}
	if u.URL != "" {
		a.URL = u.URL
	}
	a.ProxyURL = a.URL
	if u.Duration > 0 {
		a.Waveform = "AAAA"
	}
	return a
}

// attachment serves a file, as the CDN does: without any authorisation, for
// whoever has the signed address.
func (s *Server) attachment(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.URL.Path]
	s.requests["GET /attachments"]++
	if r.Header.Get("Authorization") != "" {
		s.requests["a token sent to /attachments"]++
	}
	s.mu.Unlock()
	switch fault, hit := s.mends.hit("GET /attachments"); {
	case hit && fault.happen(w, r):
	case !ok || r.URL.Query().Get("hm") == "":
		http.Error(w, "This content is no longer available.", http.StatusNotFound)
	case f.location != "":
		http.Redirect(w, r, f.location, http.StatusFound)
	default:
		w.Header().Set("Content-Type", f.kind)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
	}
}
