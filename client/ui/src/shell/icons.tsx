// The few signs of the pages, drawn with one pen.
const paths = {
  today: "M4 5.5h16v14H4zM4 10h16M8 3v4M16 3v4M8 14h3",
  tools: "M5 3.5h11l3 3v14H5zM8.5 9h7M8.5 13h7M8.5 17h4",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM15.5 15.5L20.5 20.5",
  conflicts: "M5 4v5c0 3 7 3 7 6v5M19 4v5c0 3-7 3-7 6",
  sync: "M4.5 12a7.5 7.5 0 0 1 13-5.1L20 9.5M20 4.5v5h-5M19.5 12a7.5 7.5 0 0 1-13 5.1L4 14.5M4 19.5v-5h5",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4",
  note: "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5",
  talk: "M4 5h16v11H11l-4.5 4v-4H4zM8 9h8M8 12.5h5",
  photo: "M4 7.5h4L9.5 5h5L16 7.5h4v11.5H4zM12 10a3.2 3.2 0 1 1 0 6.4a3.2 3.2 0 0 1 0-6.4z",
  voice: "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3.5M9 20.5h6",
  clip: "M3.5 7h11.5v10H3.5zM15 10.5l5.5-3v9L15 13.5",
  choose: "M4 5.5h16v13H4zM4 15.5l4.5-4.5l4 4l2.5-2.5l5 4.5M15.5 9v.01",
  grip: "M9 5v.01M15 5v.01M9 12v.01M15 12v.01M9 19v.01M15 19v.01",
  left: "M14.5 5l-7 7l7 7",
  right: "M9.5 5l7 7l-7 7",
};
export type Sign = keyof typeof paths;

export function Icon({ sign }: { sign: Sign }) {
  return <svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={paths[sign]} /></svg>;
}
