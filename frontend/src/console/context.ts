// How screens reach the desk and its live connection without passing them through every component.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Desk } from "./desk";
import type { Live } from "./live";

export const DeskContext = createContext<{ desk: Desk; live: Live } | null>(null);

export function useDesk(): Desk {
  return useContext(DeskContext)!.desk;
}

export function useLive(): Live {
  return useContext(DeskContext)!.live;
}
