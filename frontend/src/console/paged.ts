// A list that is fetched page by page, from the beginning whenever it is another one.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { useDesk } from "./context";
import type { Page } from "./wire";

/** `more` is null where all of it is here. */
export function usePaged<T>(path: string): { rows: Page<T> | null; more: (() => void) | null } {
  const desk = useDesk();
  const [rows, setRows] = useState<Page<T> | null>(null);
  useEffect(() => {
    setRows(null);
    get<Page<T>>(path).then(setRows, (error) => desk.complain(error));
  }, [path]);
  const fetchMore = async () => {
    const page = await get<Page<T>>(`${path}&after=${rows!.next}`);
    setRows({ items: [...rows!.items, ...page.items], next: page.next });
  };
  return { rows, more: rows?.next ? () => void fetchMore().catch((error) => desk.complain(error)) : null };
}
