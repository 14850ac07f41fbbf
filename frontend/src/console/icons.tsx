// Line icons, drawn for this desk on a 24 grid. They are decoration: words or labels always stand beside them.

const PATHS = {
  mine: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20a7.5 7.5 0 0 1 15 0",
  open: "M4 13l2.5-8h11L20 13v6H4zM4 13h5l1 3h4l1-3h5",
  solved: "M5 12.5l4.5 4.5L19 7.5",
  queue: "M5 7h14M5 12h14M5 17h8",
  team: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 15q3 1 3.5 5",
  figures: "M5 20V11M12 20V4M19 20v-6",
  day: "M4 20h16M4 15l5-5 4 3 7-8",
  channels: "M4 12h4l2.5-7 4 14 2.5-7H20",
  attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L14.5 7.5",
  buried: "M4 8h16v11H4zM4 8l2-4h12l2 4M10 12h4",
  knowledge: "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11",
  webchat: "M4 5h16v11H10l-5 4v-4H4z",
  email: "M4 6h16v12H4zM4 7l8 6.5L20 7",
  telegram: "M20.5 4.5L3.5 11l6 2 2 6.5 3-4.5 4.5 3.5zM9.5 13l8-6",
  slack: "M9.5 4L8 20M16 4l-1.5 16M5 9h15M4 15h15",
  other: "M5 12h14M13 6l6 6-6 6",
  note: "M5 4h14v10l-6 6H5zM13 20v-6h6",
  reply: "M10 7L4.5 12l5.5 5M5 12h9a6 6 0 0 1 6 6",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 8v4l3 2",
  back: "M14 6l-6 6 6 6",
  side: "M4 5h16v14H4zM14.5 5v14",
  close: "M6 6l12 12M18 6L6 18",
  keys: "M3 7h18v10H3zM7 13.5h10M7 10.5h.1M12 10.5h.1M17 10.5h.1",
  out: "M13 5H5v14h8M10 12h10M17 8.5l3.5 3.5-3.5 3.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function ChannelIcon({ kind }: { kind: string }) {
  return <Icon name={kind in PATHS ? (kind as IconName) : "other"} />;
}
