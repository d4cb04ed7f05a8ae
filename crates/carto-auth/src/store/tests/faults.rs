//! K07: modes, owners, links, and a system that says no.

use std::time::{Duration, SystemTime};

use super::*;

#[test]
fn reading_makes_nothing() {
    let world = World::new();
    assert_eq!(world.in_folder().text(&key()), None);
    assert_eq!(FileStore(world.in_folder().0).keys().expect("listed"), []);
    assert_eq!(world.names(""), [""; 0]);
}

#[test]
fn a_folder_that_cannot_be_used_is_a_typed_error() {
    let world = World::new();
    put(&world.at("file"), "in the way");
    let places = ["/proc/self/carto", "/proc/carto/auth", "/dev/full", "/dev/null/x", "/sys/carto"];
    let places = places.iter().map(PathBuf::from).chain([world.at("file"), world.at("file/below")]);
    for folder in places {
        for place in [Place::Folder(folder.clone()), Place::File(folder.join("token.json"))] {
            let store = Opened::new(place, &world);
            let error = storage_error(LockedFile::try_new(&store.0, &key()));
            assert!(error.to_string().contains(folder.to_str().expect("text")), "{error:?}");
            match store.read(&key()) {
                Ok(found) => assert_eq!(found, None),
                Err(error) => drop(storage_error::<()>(Err(error))),
            }
        }
    }
    assert_eq!(content(&world.at("file")), b"in the way");
}

#[test]
fn a_write_that_fails_is_a_typed_error_and_leaves_nothing() {
    // The lock has a name that is just short enough, the temporary file has not.
    let world = World::new();
    let store = Opened::new(Place::File(world.at(&"x".repeat(245))), &world);
    let error = storage_error(store.lock(&key()).write(&token("token")));
    assert_eq!(error.causes().len(), 1, "{error:?}");
    assert_eq!(world.names(""), [""; 0]);
}

#[test]
fn a_home_that_does_not_exist_is_not_made() {
    let world = World::new();
    let home = world.at("home");
    let mut platform = world.platform();
    platform.folders.home = Some(home.clone());
    let store = FileStore::in_folder(home.join(".carto-auth"), &platform);
    assert_eq!(store.read(&key()).expect("read"), None);
    let error = storage_error(LockedFile::try_new(&store.0, &key()));
    assert!(error.to_string().contains("home folder"), "{error:?}");
    assert!(!home.exists());
}

#[test]
fn whoever_lost_the_lock_does_not_overwrite_a_newer_token() {
    let world = World::new();
    let store = world.in_folder();
    let mut slow = store.lock(&key());
    std::fs::remove_file(store.0.place.spot(&key()).lock).expect("deleted");
    store.lock(&key()).write(&TokenSet { issued_at: NOON + 1, ..token("newer") }).expect("saved");
    slow.write(&token("older")).expect("nothing is wrong");
    assert_eq!(store.text(&key()).as_deref(), Some("newer"));
    slow.write(&TokenSet { issued_at: NOON + 2, ..token("newest") }).expect("saved");
    assert_eq!(store.text(&key()).as_deref(), Some("newest"));
}

#[test]
fn a_folder_that_was_deleted_is_made_again() {
    let world = World::new();
    let store = world.in_folder();
    let mut entry = store.lock(&key());
    std::fs::remove_dir_all(world.at("cache")).expect("deleted");
    entry.write(&token("token")).expect("saved");
    assert_eq!(store.text(&key()).as_deref(), Some("token"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("there").permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
    }

    #[test]
    fn only_the_owner_can_read_what_is_kept() {
        let world = World::new();
        for store in [world.in_folder(), world.at_file()] {
            let mut entry = store.lock(&key());
            entry.say(&Announcement::new(&world.platform(), None)).expect("said");
            entry.write(&token("token")).expect("saved");
            let spot = store.0.place.spot(&key());
            for path in [spot.entry, spot.lock, spot.login] {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
        assert_eq!(mode(&world.at("cache")), 0o700);
    }

    #[test]
    fn what_is_open_to_others_is_closed_with_one_warning() {
        let world = World::new();
        let store = world.in_folder();
        store.save(&key(), "token");
        set_mode(&store.entry(&key()), 0o644);
        set_mode(&world.at("cache"), 0o755);
        for _ in 0..2 {
            assert_eq!(store.text(&key()).as_deref(), Some("token"));
        }
        assert_eq!((mode(&store.entry(&key())), mode(&world.at("cache"))), (0o600, 0o700));
        assert_eq!(world.warnings().len(), 2, "one for the file and one for the folder");
    }

    #[test]
    fn folders_that_others_need_are_left_as_they_are() {
        let world = World::new();
        let shared = world.at("tmp");
        std::fs::create_dir(&shared).expect("made");
        set_mode(&shared, 0o1777);
        let store = Opened::new(Place::Folder(shared.clone()), &world);
        store.save(&key(), "token");
        assert_eq!(store.text(&key()).as_deref(), Some("token"));
        let project = world.at("project");
        std::fs::create_dir(&project).expect("made");
        set_mode(&project, 0o755);
        let named = Opened::new(Place::File(project.join("token.json")), &world);
        named.save(&key(), "token");
        assert_eq!(named.text(&key()).as_deref(), Some("token"));
        assert_eq!((mode(&shared), mode(&project)), (0o1777, 0o755));
        assert_eq!(world.warnings(), [""; 0]);
    }

    #[test]
    fn what_belongs_to_somebody_else_is_not_used() {
        const SOMEBODY: u32 = 54_321;
        let world = World::new();
        if !rustix::process::geteuid().is_root() {
            // Only root can give a file away; a file of root will do for everyone else.
            let store = Opened::new(Place::File("/etc/passwd".into()), &world);
            storage_error(store.read(&key()));
            return;
        }
        let store = world.in_folder();
        store.save(&key(), "token");
        chown(store.entry(&key()), Some(SOMEBODY), None).expect("given away");
        let error = storage_error(store.read(&key()));
        assert!(error.to_string().contains("54321"), "{error:?}");
        storage_error(store.lock(&key()).write(&token("new")));
        chown(store.entry(&key()), Some(0), None).expect("taken back");
        chown(store.0.place.spot(&key()).lock, Some(SOMEBODY), None).expect("given away");
        storage_error(LockedFile::try_new(&store.0, &key()));
        chown(world.at("cache"), Some(SOMEBODY), None).expect("given away");
        storage_error(store.read(&key()));
        storage_error(LockedFile::try_new(&store.0, &other_key()));
    }

    #[test]
    fn links_are_not_followed() {
        let world = World::new();
        let store = world.in_folder();
        store.save(&key(), "token");
        put(&world.at("target"), "untouched");
        let spot = store.0.place.spot(&other_key());
        symlink(world.at("target"), &spot.entry).expect("linked");
        let error = storage_error(store.read(&other_key()));
        assert!(error.to_string().contains("symbolic link"), "{error:?}");
        symlink(world.at("nowhere"), &spot.lock).expect("linked");
        storage_error(LockedFile::try_new(&store.0, &other_key()));
        symlink(world.at("target"), &spot.login).expect("linked");
        assert_eq!(locked::announcement(&spot, &other_key()), None);
        assert_eq!(content(&world.at("target")), b"untouched");
        assert!(!world.at("nowhere").exists());
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let world = World::new();
        for path in [PathBuf::from("/dev/zero"), world.folder.path().to_owned()] {
            let store = Opened::new(Place::File(path), &world);
            let error = storage_error(store.read(&key()));
            assert!(error.to_string().contains("not a file"), "{error:?}");
        }
    }

    #[test]
    fn a_folder_may_be_reached_through_a_link() {
        let world = World::new();
        std::fs::create_dir(world.at("real")).expect("made");
        set_mode(&world.at("real"), 0o700);
        symlink(world.at("real"), world.at("cache")).expect("linked");
        world.in_folder().save(&key(), "token");
        assert_eq!(world.in_folder().text(&key()).as_deref(), Some("token"));
    }
}

#[test]
fn what_killed_writers_left_is_swept_and_nothing_else() {
    let world = World::new();
    let store = world.in_folder();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let put_old = |name: &str| {
        put(&world.at("cache").join(name), "left behind");
        let file =
            std::fs::OpenOptions::new().write(true).open(world.at("cache").join(name)).expect("opened");
        file.set_modified(old).expect("aged");
    };
    put_old(".oauth-00.json.AbCdEf.tmp");
    put_old(".token_oauth.json.taken.AbCdEf.tmp");
    put_old(".somebody-elses.tmp");
    put_old("oauth-00.json.corrupt-1");
    put(&world.at("cache/.m2m-00.json.young.tmp"), "being written");
    store.lock(&key());
    assert_eq!(
        world.names("cache"),
        [".m2m-00.json.young.tmp", ".somebody-elses.tmp", "oauth-00.json.corrupt-1"]
    );
}
