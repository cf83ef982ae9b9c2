package place

import "testing"

func TestFileSystemsOfProgramsAreToldApart(t *testing.T) {
	const mounts = `22 27 0:20 / /proc rw,nosuid - proc proc rw
36 35 0:49 / /mnt/a\040b rw,noatime shared:1 - fuse.sshfs user@host:/ rw
37 35 0:50 / /mnt/b rw - fuse.rclone remote: rw
38 35 0:51 / /mnt/c rw shared:2 master:3 - fuse.encfs encfs rw
39 35 8:17 / /mnt/d rw - fuseblk /dev/sdb1 rw
40 35 0:52 / /mnt/e rw - fuse https://dav.example.test/ rw
41 35 0:53 / /mnt/f rw - fuse gcsfuse rw
`
	for device, want := range map[string]struct {
		kind string
		ok   bool
		far  reach
	}{
		"0:49": {"fuse.sshfs", true, remote},
		"0:50": {"fuse.rclone", true, remote},
		"0:51": {"fuse.encfs", true, unknown},
		"8:17": {"fuseblk", true, unknown}, // told apart before
		"0:52": {"fuse https://dav.example.test/", true, unknown},
		"0:53": {"fuse gcsfuse", true, remote},
		"9:99": {"", false, unknown},
	} {
		kind, ok := kindOn(mounts, device)
		if kind != want.kind || ok != want.ok || ok && ofProgram(kind) != want.far {
			t.Errorf("%s: %q, %v, %d", device, kind, ok, ofProgram(kind))
		}
	}
	if name, r := fileSystem(t.TempDir()); r != local {
		t.Skipf("NOT TESTED: the folder for temporary files lies on %s", name)
	}
}
