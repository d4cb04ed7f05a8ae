// What the kernel knows about other processes: who holds a lock, whose a connection is.
//
// Linux alone: `/proc`. Everything here is read at once, so that nothing happens between a look and a kill.

import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

// The processes that hold the lock of an entry in this folder.
export function holders(folder) {
  const inodes = new Set(entriesIn(folder).filter((name) => name.endsWith('.lock') && name !== 'port.lock').map(
    (name) => inodeOf(join(folder, name)),
  ));
  const held = new Set();
  for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
    const [, kind, , , pid, file] = line.split(/\s+/);
    if (kind === 'FLOCK' && inodes.has(file.split(':').at(-1))) held.add(Number(pid));
  }
  return held;
}

// Which of these processes is at the other end of a connection from this port of loopback.
export function ownerOf(port, pids) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n')) {
      const columns = line.trim().split(/\s+/);
      if (!columns[1]?.endsWith(`:${wanted}`) || columns[9] === '0') continue;
      const socket = `socket:[${columns[9]}]`;
      const owner = [...pids].find((pid) => hasOpen(pid, socket));
      if (owner) return owner;
    }
  }
  return undefined;
}

function hasOpen(pid, what) {
  const folder = `/proc/${pid}/fd`;
  return entriesIn(folder).some((name) => {
    try {
      return readlinkSync(join(folder, name)) === what;
    } catch {
      return false; // closed meanwhile
    }
  });
}

function entriesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there yet, or gone already
  }
}

function inodeOf(file) {
  try {
    return String(statSync(file, { bigint: true }).ino);
  } catch {
    return undefined;
  }
}
