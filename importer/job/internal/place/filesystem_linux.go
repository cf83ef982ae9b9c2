package place

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// remotes are file systems of other machines, and of a host that lends a folder
// to this one.
var remotes = map[uint32]string{
	unix.NFS_SUPER_MAGIC:   "NFS",
	unix.SMB_SUPER_MAGIC:   "SMB",
	unix.SMB2_SUPER_MAGIC:  "SMB",
	unix.CIFS_SUPER_MAGIC:  "CIFS",
	unix.V9FS_MAGIC:        "9P",
	unix.AFS_SUPER_MAGIC:   "AFS",
	unix.CODA_SUPER_MAGIC:  "Coda",
	unix.CEPH_SUPER_MAGIC:  "Ceph",
	unix.OCFS2_SUPER_MAGIC: "OCFS2",
	0x786f4256:             "VirtualBox",
	0x47504653:             "GPFS",
	0x0bd00bd0:             "Lustre",
	0x19830326:             "BeeGFS",
	0x01161970:             "GFS2",
}

// fileSystem tells where a folder lies.
func fileSystem(dir string) (name string, r reach) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", local
	}
	// The field is signed and of different width on different machines.
	magic := uint32(s.Type)
	if name, ok := remotes[magic]; ok {
		return name, remote
	}
	if magic != unix.FUSE_SUPER_MAGIC {
		return "", local
	}
	name = "FUSE"
	if info, err := os.ReadFile("/proc/self/mountinfo"); err == nil {
		if kind, ok := mounted(string(info), dir); ok {
			name = kind
		}
	}
	if name == "fuseblk" {
		return "", local // a disk of this machine, NTFS as a rule
	}
	return name, ofProgram(name)
}

// mounted finds a folder's kind of file system in the list of mounts: the
// type, and what is mounted where that says more.
func mounted(mountinfo, dir string) (kind string, ok bool) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return "", false
	}
	return kindOn(mountinfo, fmt.Sprintf("%d:%d", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev))))
}

// kindOn finds the file system on a device, "major:minor". A line reads
//
//	36 35 0:49 / /mnt rw,noatime shared:1 - fuse.sshfs user@host:/ rw
func kindOn(mountinfo, device string) (kind string, ok bool) {
	for line := range strings.Lines(mountinfo) {
		before, after, found := strings.Cut(line, " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if !found || len(fields) < 3 || len(rest) == 0 || fields[2] != device {
			continue
		}
		if kind, ok = rest[0], true; kind == "fuse" && len(rest) > 1 {
			kind += " " + rest[1]
		}
	}
	return kind, ok
}
