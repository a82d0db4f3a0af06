// Light or dark: as the device has it, or as chosen here. Styles read the attribute.
import { remember, remembered } from "./app";
import { Live } from "./live";

export type Theme = "system" | "light" | "dark";
export const theme = new Live<Theme>("system");

export function startTheme(): void {
  const chosen = remembered("theme");
  if (chosen === "light" || chosen === "dark") theme.now = chosen;
  apply();
  theme.follow(() => {
    remember("theme", theme.now);
    apply();
  });
}
function apply(): void {
  if (theme.now === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.now;
}
