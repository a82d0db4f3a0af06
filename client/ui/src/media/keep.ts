// Keeps what was taken: its bytes at the server of this device, and a row that says of what it is. It is saved when `keep` returns; what
// the server does not answer is asked again, as long as the page is open.
import { ApiError, Away, type Fields, type Row } from "../api";
import { api, autosave, schema, store } from "../app";
import { common, language, today } from "../words";
import { clipIn, mediumOf, pictureIn, previewOf, waveOf } from "./picture";

export const longest_sound_s = 300, longest_clip_s = 60;
export const most_bytes = 64 * 1024 * 1024; // what the server takes

// Of what something is taken: a row, also one that is only begun.
export interface Subject {
  readonly id: number | null;
  readonly table: string;
  readonly space: number;
}
export type Kind = "photo" | "sound" | "clip";
// Ready to be kept. For photos what goes over the network is made of what was taken, which stays as well.
export interface Taken {
  kind: Kind;
  medium: Blob;
  original: Blob | null;
  preview: string;
  seconds: number | null;
  taken_on: string;
}
export type Trouble = "noPicture" | "noClip" | "tooLong" | "tooLarge" | "noFile";

const kinds: [string, Kind][] = [["image/", "photo"], ["audio/", "sound"], ["video/", "clip"]];
const other_names: Record<string, string> = { "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/x-wav": "audio/wav", "audio/mp3": "audio/mpeg", "image/jpg": "image/jpeg" };
const shown_types = /^(image\/(jpeg|png|webp|gif|avif)|audio\/(webm|ogg|mp4|mpeg|wav|aac)|video\/(webm|mp4|ogg|quicktime))$/;
const typeOf = (file: Blob) => { const type = file.type.split(";")[0]!.trim().toLowerCase(); return other_names[type] ?? type; };

// `measured`: seconds by the clock of who recorded it.
export async function prepare(file: Blob, measured: number | null = null): Promise<Taken | Trouble> {
  const kind = kinds.find(([begins]) => typeOf(file).startsWith(begins))?.[1];
  if (!kind) return "noFile";
  if (file.size > most_bytes) return "tooLarge";
  const taken_on = today(file instanceof File && file.lastModified > 0 ? new Date(file.lastModified) : new Date());
  if (kind === "photo") return photo(file, taken_on);
  if (!shown_types.test(typeOf(file))) return kind === "clip" ? "noClip" : "noFile";
  const seen = kind === "sound" ? await waveOf(file) : await clipIn(file);
  if (!seen) return "noClip";
  const seconds = measured ?? seen.seconds;
  if (seconds !== null && seconds > (kind === "sound" ? longest_sound_s : longest_clip_s) + 1) return "tooLong";
  return { kind, medium: file, original: null, preview: seen.preview, seconds: seconds === null ? null : Math.round(seconds), taken_on };
}

async function photo(file: Blob, taken_on: string): Promise<Taken | Trouble> {
  const picture = await pictureIn(file);
  if (!picture) return "noPicture";
  try {
    const medium = await mediumOf(picture.size, picture.draw), preview = await previewOf(picture.size, picture.draw);
    return { kind: "photo", medium, original: shown_types.test(typeOf(file)) ? file : null, preview, seconds: null, taken_on };
  } finally {
    picture.close();
  }
}

export async function keep(taken: Taken, of: Subject): Promise<Row> {
  await insist(async () => {
    if (await autosave.stand({ about: of.id })) return;
    throw autosave.state.now === "refused" ? new ApiError(422, "invalid", common[language.now].save.refusedHint, null) : new Away();
  });
  const name = (blob: Blob) => insist(async () => (await api.bring(blob, typeOf(blob))).name);
  const fields: Fields = {
    about: of.id, about_table: schema.table(of.table).number, kind: taken.kind, preview: taken.preview, taken_on: taken.taken_on, seconds: taken.seconds,
    medium: await name(taken.medium), original: taken.original ? await name(taken.original) : null,
  };
  const id = (await insist(() => api.ids(1))).ids[0]!;
  const { row } = await insist(() => api.add({ table: "media", space: of.space, fields, id }));
  store.show(row);
  return row;
}

const again_ms = 1000;
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Away) && !(error instanceof ApiError && error.status === 503)) throw error;
      await new Promise((resume) => setTimeout(resume, again_ms));
    }
  }
}
