// Makes of what a camera gave what goes over the network: a picture of some 150 KB, and a preview of at most 8 KB that travels with the row.
// JPEG, since every word processor shows it. Drawn from an <img>, which turns a picture as its EXIF says in every browser we know.
export const medium_side = 1600, medium_bytes = 150_000;
export const preview_side = 240, preview_bytes = 8 * 1024;

export interface Size {
  width: number;
  height: number;
}
export type Drawing = (context: CanvasRenderingContext2D, size: Size) => void;

const best = 0.8, least = 0.3, step = 0.1, smaller = 0.8;
const preview_best = 0.6;

export function within({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function canvasOf(size: Size, draw: Drawing): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, size);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = "high";
  draw(context, size);
  return canvas;
}
const encoded = (canvas: HTMLCanvasElement, type: string, quality?: number) =>
  new Promise<Blob>((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), type, quality));

// The best that fits: first the quality goes down, then the size.
async function fitted(of: Size, draw: Drawing, side: number, most: number, quality: number): Promise<Blob> {
  for (let size = within(of, side); ;) {
    const canvas = canvasOf(size, draw);
    let over = 0;
    for (let tried = quality; tried > least - step / 2; tried -= step) {
      const blob = await encoded(canvas, "image/jpeg", tried);
      if (blob.size <= most || Math.max(size.width, size.height) <= 8) return blob;
      over = blob.size / most;
    }
    size = within(size, Math.max(size.width, size.height) * Math.min(smaller, Math.sqrt(1 / over)));
  }
}
export const mediumOf = (of: Size, draw: Drawing) => fitted(of, draw, medium_side, medium_bytes, best);
export const previewOf = async (of: Size, draw: Drawing) => inUrl(await fitted(of, draw, preview_side, preview_bytes, preview_best));

export const inUrl = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

// A picture of a file; null where the browser sees none in it.
export async function pictureIn(file: Blob): Promise<{ size: Size; draw: Drawing; close(): void } | null> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    return null;
  }
  return {
    size: { width: image.naturalWidth, height: image.naturalHeight },
    draw: (context, { width, height }) => context.drawImage(image, 0, 0, width, height),
    close: () => URL.revokeObjectURL(url),
  };
}

// A sound as one sees it: how loud it is from its beginning to its end.
const wave = { width: 160, height: 48 }, bars = 40;
export async function waveOf(sound: Blob): Promise<{ preview: string; seconds: number }> {
  const context = new OfflineAudioContext(1, 1, 8000);
  let samples = new Float32Array(0), seconds = 0;
  try {
    const heard = await context.decodeAudioData(await sound.arrayBuffer());
    samples = heard.getChannelData(0);
    seconds = heard.duration;
  } catch {} // a kind that this browser only records, or plays not at all: a flat line
  const canvas = canvasOf(wave, (pen, { width, height }) => {
    const loud = loudness(samples, bars), most = Math.max(...loud, 1e-3), wide = width / bars;
    pen.fillStyle = "#1f5f55";
    loud.forEach((each, index) => {
      const high = Math.max(2, Math.round((each / most) * (height - 8)));
      pen.fillRect(Math.round(index * wide), Math.round((height - high) / 2), Math.round(wide) - 1, high);
    });
  });
  return { preview: await inUrl(await encoded(canvas, "image/png")), seconds };
}
export function loudness(samples: Float32Array, parts: number): number[] {
  const long = Math.max(1, Math.floor(samples.length / parts));
  return Array.from({ length: parts }, (_, part) => {
    let most = 0;
    for (let at = part * long; at < (part + 1) * long && at < samples.length; ++at) most = Math.max(most, Math.abs(samples[at]!));
    return most;
  });
}

// The first picture of a clip, and how long it is; null where the browser cannot play it. What a browser has just recorded does not say its length.
export async function clipIn(file: Blob): Promise<{ preview: string; seconds: number | null } | null> {
  const url = URL.createObjectURL(file);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: url });
  try {
    await new Promise((resolve, reject) => { video.onloadeddata = resolve; video.onerror = reject; });
    const size = { width: video.videoWidth, height: video.videoHeight };
    const preview = await previewOf(size, (context, { width, height }) => context.drawImage(video, 0, 0, width, height));
    return { preview, seconds: Number.isFinite(video.duration) ? video.duration : null };
  } catch {
    return null;
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}
