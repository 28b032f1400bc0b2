#!/bin/sh
# A simulated home. It does nothing but print what a real one would have done,
# and remembers a little (lights, temperatures, the shopping list) in a folder
# of its own, so that what was set can be read again.
#
#   home.sh light ROOM on|off|N%      home.sh timer start SECONDS | cancel
#   home.sh colour ROOM COLOUR        home.sh alarm HH:MM
#   home.sh scene NAME                home.sh remind YYYY-MM-DD TEXT
#   home.sh all-off                   home.sh play ROOM TEXT | stop
#   home.sh blinds ROOM PERCENT       home.sh volume PERCENT
#   home.sh heating ROOM DEGREES      home.sh lock DOOR | unlock DOOR
#   home.sh temperature ROOM          home.sh garage open|close
#   home.sh vacuum ROOM               home.sh shopping add TEXT | list | clear
#
# Every value is one argument and is only ever printed or written, never
# evaluated. Leaves with 2 when it was called wrongly, 1 when it could not
# remember.
set -eu
umask 077

fail() {
	printf 'home: %s\n' "$2" >&2
	exit "$1"
}

# name checks that a value may become part of a file's name.
name() {
	case $1 in
	'' | *[!a-z0-9_]*) fail 2 "this is no name of mine: $1" ;;
	esac
}

# number checks for plain decimal digits with at most one point.
number() {
	case $1 in
	'' | . | *[!0-9.]* | *.*.*) fail 2 "this is no number: $1" ;;
	esac
}

# line makes a text one line without control characters, of 200 bytes at most.
line() {
	printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037\177' | cut -c 1-200
}

# The folder belongs to this user alone: a folder of somebody else's, or a
# link, is not written to.
state=${HOME_STATE:-${TMPDIR:-/tmp}/frontdesk-home-$(id -u)}
open_state() {
	mkdir -p "$state" 2>/dev/null || fail 1 "cannot make the folder $state"
	if [ -L "$state" ] || [ -z "$(find "$state" -prune -type d -user "$(id -u)")" ]; then
		fail 1 "the folder $state is not mine"
	fi
}

keep() { # keep KEY VALUE
	open_state
	printf '%s\n' "$2" >"$state/$1.new" && mv -f "$state/$1.new" "$state/$1" ||
		fail 1 "cannot write to $state"
}

kept() { # kept KEY DEFAULT
	if [ -f "$state/$1" ]; then
		cat "$state/$1"
	else
		printf '%s\n' "$2"
	fi
}

say() { printf '[home] %s\n' "$1"; }

need() { # need HOW-MANY GIVEN
	[ "$1" -eq "$2" ] || fail 2 "wrong number of arguments; see the top of home.sh"
}

[ $# -gt 0 ] || fail 2 "nothing to do; see the top of home.sh"
verb=$1
shift

case $verb in
light)
	need 2 $#
	name "$1"
	case $2 in
	on | off) ;;
	*%) number "${2%\%}" ;;
	*) fail 2 "a light is on, off or N%, not $2" ;;
	esac
	before=$(kept "light.$1" off)
	keep "light.$1" "$2"
	say "light/$1: $before -> $2"
	;;
colour)
	need 2 $#
	name "$1"
	case $2 in
	'' | *[!a-z0-9#]*) fail 2 "this is no colour: $2" ;;
	esac
	keep "light.$1" on
	keep "colour.$1" "$2"
	say "light/$1: on, $2"
	;;
scene)
	need 1 $#
	name "$1"
	case $1 in
	movie) say "scene/movie: living_room 10%, blinds closed" ;;
	dinner) say "scene/dinner: dining_room 40%, candlelight colour" ;;
	reading) say "scene/reading: living_room 80%, warm white" ;;
	party) say "scene/party: all rooms on, changing colours" ;;
	night) say "scene/night: all lights off, doors checked" ;;
	*) fail 2 "there is no scene $1" ;;
	esac
	;;
all-off)
	need 0 $#
	open_state
	for f in "$state"/light.*; do
		[ -f "$f" ] || continue
		[ "$(cat "$f")" = off ] || say "light/${f##*/light.}: $(cat "$f") -> off"
		keep "${f##*/}" off
	done
	say "music: off"
	say "sockets: off"
	;;
blinds)
	need 2 $#
	name "$1"
	number "$2"
	keep "blinds.$1" "$2"
	say "blinds/$1: $2% open"
	;;
heating)
	need 2 $#
	name "$1"
	number "$2"
	keep "heating.$1" "$2"
	say "heating/$1: $2 degrees"
	;;
temperature)
	need 1 $#
	name "$1"
	say "temperature/$1: $(kept "heating.$1" 20) degrees"
	;;
timer)
	case ${1:-} in
	start)
		need 2 $#
		number "$2"
		say "timer: $2 seconds"
		;;
	cancel)
		need 1 $#
		say "timer: cancelled"
		;;
	*) fail 2 "a timer is started or cancelled" ;;
	esac
	;;
alarm)
	need 1 $#
	case $1 in
	[0-2][0-9]:[0-5][0-9]) say "alarm: $1" ;;
	*) fail 2 "this is no time of day: $1" ;;
	esac
	;;
remind)
	need 2 $#
	case $1 in
	[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]) say "reminder on $1: $(line "$2")" ;;
	*) fail 2 "this is no date: $1" ;;
	esac
	;;
play)
	need 2 $#
	name "$1"
	say "speaker/$1: playing $(line "$2")"
	;;
stop)
	need 0 $#
	say "speaker: stopped"
	;;
volume)
	need 1 $#
	number "$1"
	say "speaker: volume $1%"
	;;
lock | unlock)
	need 1 $#
	name "$1"
	keep "door.$1" "${verb}ed"
	say "door/$1: ${verb}ed"
	;;
garage)
	need 1 $#
	case $1 in
	open) say "garage: opened" ;;
	close) say "garage: closed" ;;
	*) fail 2 "a garage is opened or closed" ;;
	esac
	;;
vacuum)
	need 1 $#
	name "$1"
	say "vacuum: cleaning $1"
	;;
shopping)
	case ${1:-} in
	add)
		need 2 $#
		item=$(line "$2")
		[ -n "$item" ] || fail 2 "nothing to put on the list"
		open_state
		printf '%s\n' "$item" >>"$state/shopping" || fail 1 "cannot write to $state"
		say "shopping: $item added, $(wc -l <"$state/shopping" | tr -d ' ') on the list"
		;;
	list)
		need 1 $#
		if [ -s "$state/shopping" ]; then
			cat "$state/shopping"
		else
			say "shopping: the list is empty"
		fi
		;;
	clear)
		need 1 $#
		rm -f "$state/shopping"
		say "shopping: cleared"
		;;
	*) fail 2 "the shopping list can be added to, listed or cleared" ;;
	esac
	;;
*) fail 2 "I do not know how to $verb" ;;
esac
