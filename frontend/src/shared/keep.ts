// What must survive a reload. A browser may refuse storage altogether (private windows, blocked third-party frames):
// then things are kept for the life of the page, and nothing else changes.

const memory = new Map<string, string>();
const storage = usable();

export function read<T>(key: string): T | null {
  const text = memory.get(key) ?? storage?.getItem(key);
  if (text == null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

export function write(key: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    if (!storage) throw new Error("no storage");
    storage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text); // refused or full
  }
}

export function drop(key: string): void {
  storage?.removeItem(key);
  memory.delete(key);
}

export function keysUnder(prefix: string): string[] {
  const stored = storage ? Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "") : [];
  return [...new Set([...stored, ...memory.keys()])].filter((key) => key.startsWith(prefix)).sort();
}

/** Calls back when another tab changed something under the prefix. */
export function watchKeys(prefix: string, changed: (key: string) => void): void {
  addEventListener("storage", (event) => {
    if (event.key === null || event.key.startsWith(prefix)) changed(event.key ?? prefix);
  });
}

function usable(): Storage | null {
  try {
    localStorage.setItem("contactcenter:probe", "1");
    localStorage.removeItem("contactcenter:probe");
    return localStorage;
  } catch {
    return null;
  }
}
