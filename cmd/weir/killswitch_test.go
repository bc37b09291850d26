package main

import "testing"

// TestKillSwitchOverTheCommandLine: a part is stopped and let go, and a name that
// nothing has stops nothing and says so.
func TestKillSwitchOverTheCommandLine(t *testing.T) {
	g := guard(t, makers(1, ""))
	holds(t, g.must(exitUsage, "kill-switch", "on"), "say why")
	holds(t, g.must(exitUsage, "kill-switch", "halt", "--reason", "drill"), "on or off")
	holds(t, g.must(exitUsage, "kill-switch", "on", "--tool", "fa", "--reason", "drill"), `no connector is named "fa": nothing was stopped`, "there are: af")
	holds(t, g.must(exitUsage, "kill-switch", "on", "--policy", "t9", "--reason", "drill"), `no policy in force is named "t9"`, "there are: t0")
	holds(t, g.must(exitOK, "kill-switch"), "no kill switch is on")
	holds(t, g.must(exitOK, "kill-switch", "on", "--namespace", "elsewhere", "--reason", "drill"), "it is about 0 assets", "is it spelt right?")
	holds(t, g.must(exitOK, "kill-switch", "on", "--tool", "af", "--reason", "drill", "--actor", "ann"), "the kill switch of tool af is on: it is about 1 asset\n")
	holds(t, g.must(exitOK, "kill-switch", "off", "--tool", "af", "--dry-run"), "It turns the kill switch of tool af off: what it kept is sent")
	holds(t, g.must(exitFailed, "kill-switch", "on", "--policy", "t9", "--dry-run"), "it would be refused", "there are: t0")
	holds(t, g.must(exitOK, "kill-switch"), "the kill switch of tool af is on since", "by ann: drill")
	g.change()
	g.held("kill_switch")
	holds(t, g.must(exitOK, "kill-switch", "off", "--tool", "af", "--reason", "over"), "is off")
	g.starts(1)
}
