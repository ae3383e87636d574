/** What a terminal would obey instead of showing it: control characters but for line feed and tab, and those that turn text around. */
const COMMANDS = /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** A word so long is no name or path (those have up to 4096 bytes), but data typed as an argument. */
const LONG_WORD = /\S{4200,}/gu;
const SHOWN_OF_LONG_WORD = 60;

/** Text for a terminal or a log, whoever wrote it: arguments, paths, lines of a router. */
export function printable(text: string): string {
  return shown(
    text.replace(LONG_WORD, (word) => `${word.slice(0, SHOWN_OF_LONG_WORD)}... (${word.length} characters)`),
  );
}

function shown(text: string): string {
  return text.replace(COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Colours as the tables have them. */
const COLORS = new RegExp(`(${String.fromCharCode(0x1b)}\\[[\\d;]*m)`);

/** Text for stdout: nothing of it is cut, since it may be data, and its colours stay where there are any. */
export function printableData(text: string, color: boolean): string {
  const parts = color ? text.split(COLORS) : [text];
  return parts.map((part, index) => (index % 2 === 1 ? part : shown(part))).join("");
}
