// A note from anywhere in two taps.
export function QuickNote() {
  return null;
}
