//! A disk that can lose its power: an ext4 image on a loop device.
//!
//! Owns the image and the folder where it is mounted. Needs root, `mkfs.ext4`, `mount` and `python3`.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const IMAGE_BYTES: u64 = 1 << 29;

/// From this call on the file system takes nothing more, and forgets what its journal had not written:
/// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, as in the kernel's fs/ext4/ext4.h.
const CUT: &str = "import fcntl, os, struct, sys\n\
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";

pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// An empty disk, mounted.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self { folder };
        std::fs::create_dir(disk.path()).unwrap();
        let image = std::fs::File::create(disk.image()).unwrap();
        image.set_len(IMAGE_BYTES).unwrap();
        run(Command::new("mkfs.ext4").arg("-q").arg(disk.image()));
        disk.mount();
        disk
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount(&self) {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()));
    }

    /// The power is gone.
    pub(crate) fn cut(&self) {
        run(Command::new("python3").args(["-c", CUT]).arg(self.path()));
    }

    /// The power is back. Nobody may have a file open.
    pub(crate) fn recover(&self) {
        run(Command::new("umount").arg(self.path()));
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It is only left behind, if anything.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}; it needs root and a loop device");
}
