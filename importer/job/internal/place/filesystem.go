package place

import "strings"

// A reach is how far away a file system is.
type reach int

const (
	local   reach = iota
	unknown       // another program's, which may keep it anywhere
	remote        // where SQLite's locks and shared memory cannot be relied on
)

// programs are file systems of other programs that keep files elsewhere, by
// what their type's name holds.
var programs = []string{
	"sshfs", "rclone", "s3fs", "s3ql", "mount-s3", "mountpoint-s3", "goofys", "gcsfuse", "blobfuse", "davfs", "webdav",
	"curlftpfs", "ftpfs", "gvfs", "smbnetfs", "smb", "gluster", "ceph", "juicefs", "seaweed", "mfs", "lizardfs",
	"moosefs", "beegfs", "cvmfs", "hdfs", "ipfs", "onedriver", "google-drive", "drivefs", "afp", "nfs", "acd_cli",
	"keybase", "kbfs",
}

// ofProgram tells how far a file system of another program is, by its type.
func ofProgram(kind string) reach {
	kind = strings.ToLower(kind)
	for _, p := range programs {
		if strings.Contains(kind, p) {
			return remote
		}
	}
	return unknown
}
