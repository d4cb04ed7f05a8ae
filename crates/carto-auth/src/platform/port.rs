//! Who listens on a port, for an error that names them.

/// The program that listens on a TCP port of this machine, as in "`python3` (process 4711)", where that
/// can be told.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "the kernel's tables are read, not files")]
pub(crate) fn holder_of_port(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(|line| listener(line, port)).collect::<Vec<_>>())
        .collect();
    let processes = std::fs::read_dir("/proc").ok()?;
    for process in processes.flatten() {
        let id = process.file_name().to_string_lossy().into_owned();
        if !id.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Ok(descriptors) = std::fs::read_dir(process.path().join("fd")) else { continue };
        let holds = descriptors.flatten().any(|descriptor| {
            std::fs::read_link(descriptor.path()).is_ok_and(|target| {
                inodes.iter().any(|inode| target.as_os_str() == format!("socket:[{inode}]").as_str())
            })
        });
        if holds {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("`{}` (process {id})", name.trim()));
        }
    }
    None
}

/// The program that listens on a TCP port, which cannot be told on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn holder_of_port(_port: u16) -> Option<String> {
    None
}

/// The inode of a line of `/proc/net/tcp` that tells of a listener on the port.
#[cfg(target_os = "linux")]
fn listener(line: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let (_, local_port) = local.rsplit_once(':')?;
    (*state == LISTEN && u16::from_str_radix(local_port, 16) == Ok(port)).then(|| (*inode).to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let holder = holder_of_port(port).expect("this process");
        assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        drop(listener);
        assert_eq!(holder_of_port(port), None);
    }
}
