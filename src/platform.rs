//! What Unix and Windows do differently: files that only their owner may read, files that a program
//! keeps to itself while they are open.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Options that create a file for its owner alone (`0600`); Windows keeps the folder's own rights,
/// which for a user's profile are the same.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Creates a folder and its parents for its owner alone (`0700`).
///
/// # Errors
///
/// When a folder cannot be created.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// The user of this process, by number; nothing where users have none.
pub fn user_by_number() -> Option<String> {
    #[cfg(unix)]
    {
        Some(format!("uid {}", rustix::process::geteuid().as_raw()))
    }
    #[cfg(not(unix))]
    {
        None
    }
}

/// The folder that a file is in, or is to be in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Lets everybody read the file, and its owner write it (`0644`), whatever the user's mask says.
///
/// # Errors
///
/// When its rights cannot be set.
pub fn let_everybody_read(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))
    }
    #[cfg(not(unix))]
    {
        file.metadata().map(|_| ())
    }
}

/// Lets nobody but its owner read the file (`0600`); on Windows the folder's rights decide.
///
/// # Errors
///
/// When its rights cannot be set: it is missing, or another user's.
pub fn keep_to_owner(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        std::fs::metadata(path).map(|_| ())
    }
}

/// Makes the names in a folder outlast a power cut. Windows sees to that by itself.
///
/// # Errors
///
/// When the folder cannot be opened or written.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        File::open(path)?.sync_all()
    }
    #[cfg(not(unix))]
    {
        std::fs::metadata(path).map(|_| ())
    }
}

/// How many bytes there is room for on the disk of a folder; none where the system does not say.
pub fn free_space(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// True when others than the owner may read the file.
///
/// # Errors
///
/// When the file's rights cannot be read.
pub fn is_readable_by_others(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        file.metadata().map(|_| false)
    }
}

/// True when others than the owner may write the file.
///
/// # Errors
///
/// When the file's rights cannot be read.
pub fn is_writable_by_others(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(file.metadata()?.permissions().mode() & 0o022 != 0)
    }
    #[cfg(not(unix))]
    {
        file.metadata().map(|_| false)
    }
}

/// True when a file cannot be read because a program has it open and shares it with nobody, as Excel does
/// on Windows. Other systems let everybody read.
pub fn is_open_elsewhere(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    cfg!(windows)
        && matches!(
            error.raw_os_error(),
            Some(SHARING_VIOLATION | LOCK_VIOLATION)
        )
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::is_open_elsewhere;

    /// Elsewhere the same numbers mean something else.
    #[test]
    fn only_windows_keeps_files_from_being_read() {
        for code in [32, 33] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(is_open_elsewhere(&error), cfg!(windows), "{code}");
        }
        assert!(!is_open_elsewhere(&io::ErrorKind::NotFound.into()));
    }
}
