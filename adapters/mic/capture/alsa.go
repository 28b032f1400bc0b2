package capture

import "slices"

// plugins are what ALSA lists beside microphones, by its plug-ins' names: silence,
// converters before another device, and other sound systems. To ask "jack" what it can
// has JACK's library write to the standard error. PulseAudio and PipeWire are reached
// by themselves.
var plugins = []string{"null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "usbstream", "jack", "oss", "pulse", "pipewire"}

// records says whether a device of a sound system is something that records by itself.
func records(backend, id string) bool { return backend != "ALSA" || !slices.Contains(plugins, id) }
