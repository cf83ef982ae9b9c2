package job

import "golang.org/x/sys/unix"

// networkFileSystem tells whether a folder lies where SQLite's locks and
// shared memory cannot be relied on.
func networkFileSystem(dir string) (name string, network bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", false
	}
	// The field is signed and of different width on different machines.
	name, network = map[uint32]string{
		unix.NFS_SUPER_MAGIC:   "NFS",
		unix.SMB_SUPER_MAGIC:   "SMB",
		unix.SMB2_SUPER_MAGIC:  "SMB",
		unix.CIFS_SUPER_MAGIC:  "CIFS",
		unix.V9FS_MAGIC:        "9P",
		unix.AFS_SUPER_MAGIC:   "AFS",
		unix.CODA_SUPER_MAGIC:  "Coda",
		unix.CEPH_SUPER_MAGIC:  "Ceph",
		unix.OCFS2_SUPER_MAGIC: "OCFS2",
	}[uint32(s.Type)]
	return name, network
}
