// A disk that loses power: which states it may be left in after each operation, and one of them made in another folder.
// What a file held is sure once it was synced, what a folder lists once the folder was; whatever came after may be there, or not, or in part,
// each by itself: a disk may do less harm than this, none does more.
import { fstatSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFaults } from "./faults.mjs";

/**
 * What a thing may be after a cut: first what is sure, then what it became since, last what it is now.
 * @template T
 * @typedef {readonly [T, ...T[]]} States
 */
/** @typedef {ReadonlyMap<string, States<string | null>>} Names nodes that a folder's names stand for; null is none */
/** @typedef {{ files: ReadonlyMap<string, States<Buffer>>, folders: ReadonlyMap<string, Names>, root: string }} Disk */
/** @typedef {"least" | "most" | (() => number)} Choice what is sure, what is now, or by a uniform number in [0, 1) */

const NOTHING = Buffer.alloc(0);

/**
 * Does something in a folder and remembers, after every operation that changed or synced something, what a disk may hold.
 * @param {string} folder there already; all in it is sure.
 * @param {() => unknown} act
 * @param {(disk: Disk) => void} onDisk called with what was there before, too.
 */
export async function watchDisk(folder, act, onDisk) {
  /** @type {Disk} */
  let disk = { files: new Map(), folders: new Map(), root: nodeAt(folder) };
  disk = syncedAll(seenNow(disk, folder));
  onDisk(disk);
  let isLooking = false;
  const stop = withFaults(({ name, args }, operate) => {
    const result = operate();
    if (isLooking) return result;
    isLooking = true;
    const now = seenNow(disk, folder);
    const next =
      name === "fsyncSync" ? synced(now, nodeOf(fstatSync(Number(args[0]), { bigint: true }))) : now;
    if (next !== disk) onDisk(next);
    disk = next;
    isLooking = false;
    return result;
  });
  try {
    await act();
  } finally {
    stop();
  }
}

/**
 * What a disk may hold, given what its folder shows now; the same disk where nothing changed.
 * @param {Disk} disk
 * @param {string} folder
 * @returns {Disk}
 */
function seenNow(disk, folder) {
  const seen = readTree(folder);
  let isChanged = false;
  const files = new Map(disk.files);
  for (const [node, content] of seen.files) {
    const before = files.get(node) ?? [NOTHING];
    if (files.has(node) && content.equals(last(before))) continue;
    files.set(node, content.equals(last(before)) ? before : [...before, content]);
    isChanged = true;
  }
  const folders = new Map(disk.folders);
  for (const [node, names] of seen.folders) {
    const before = folders.get(node) ?? new Map();
    const now = new Map(before);
    for (const name of new Set([...before.keys(), ...names.keys()])) {
      const states = before.get(name) ?? [null];
      const is = names.get(name) ?? null;
      if (is !== last(states)) now.set(name, [...states, is]);
    }
    isChanged ||= !folders.has(node) || [...now].some(([name, states]) => states !== before.get(name));
    folders.set(node, now);
  }
  return isChanged ? { ...disk, files, folders } : disk;
}

/**
 * @param {Disk} disk
 * @param {string} node of a file or a folder
 * @returns {Disk}
 */
function synced(disk, node) {
  const [file, names] = [disk.files.get(node), disk.folders.get(node)];
  if (file !== undefined) return { ...disk, files: new Map(disk.files).set(node, [last(file)]) };
  if (names === undefined) return disk;
  /** @type {Names} */
  const sure = new Map([...names].map(([name, states]) => [name, [last(states)]]));
  return { ...disk, folders: new Map(disk.folders).set(node, sure) };
}

/**
 * @param {Disk} disk
 * @returns {Disk}
 */
function syncedAll(disk) {
  return [...disk.files.keys(), ...disk.folders.keys()].reduce(synced, disk);
}

/**
 * @template T
 * @param {States<T>} states
 * @returns {T}
 */
function last(states) {
  return /** @type {T} */ (states.at(-1));
}

/**
 * Makes one state in which a disk may be after a cut.
 * @param {Disk} disk
 * @param {string} folder emptied first.
 * @param {Choice} choose
 */
export function makeState(disk, folder, choose) {
  rmSync(folder, { recursive: true, force: true });
  /** @type {Map<string, Buffer>} a file may have two names */
  const contents = new Map();
  /**
   * @param {string} node
   * @param {string} path
   */
  const make = (node, path) => {
    mkdirSync(path);
    for (const [name, states] of disk.folders.get(node) ?? []) {
      const chosen = pick(states, choose);
      if (chosen === null) continue;
      const file = disk.files.get(chosen);
      if (file === undefined) make(chosen, join(path, name));
      else {
        const content = contents.get(chosen) ?? torn(pick(file, choose), file[0], choose);
        contents.set(chosen, content);
        writeFileSync(join(path, name), content);
      }
    }
  };
  make(disk.root, folder);
}

/**
 * @template T
 * @param {States<T>} states
 * @param {Choice} choose
 * @returns {T}
 */
function pick(states, choose) {
  if (choose === "least") return states[0];
  return choose === "most" ? last(states) : (states[Math.floor(choose() * states.length)] ?? states[0]);
}

/**
 * A third of what is not sure is there in part: cut, or with zeros from some byte on.
 * @param {Buffer} content
 * @param {Buffer} sure
 * @param {Choice} choose
 */
function torn(content, sure, choose) {
  if (typeof choose === "string" || content.equals(sure) || choose() > 1 / 3) return content;
  const whole = content.subarray(0, Math.floor(choose() * content.length));
  return choose() < 0.5 ? whole : Buffer.concat([whole, Buffer.alloc(content.length - whole.length)]);
}

/** @param {{ ino: bigint, birthtimeNs: bigint }} stats of a node, whose number alone is given again to others */
function nodeOf({ ino, birthtimeNs }) {
  return `${ino} ${birthtimeNs}`;
}

/** @param {string} path */
function nodeAt(path) {
  return nodeOf(lstatSync(path, { bigint: true }));
}

/** @param {string} folder */
function readTree(folder) {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  /** @type {Map<string, Map<string, string>>} */
  const folders = new Map();
  /** @param {string} path */
  const visit = (path) => {
    /** @type {Map<string, string>} */
    const names = new Map();
    folders.set(nodeAt(path), names);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const own = join(path, entry.name);
      const node = nodeAt(own);
      names.set(entry.name, node);
      if (entry.isDirectory()) visit(own);
      else files.set(node, readFileSync(own));
    }
  };
  visit(folder);
  return { files, folders };
}
