// A person's picture, or initials on a colour that stays theirs.
import { element } from "./element.ts";
import { initialsOf } from "./format.ts";

const COLOURS = 6;

/** `avatar` as Intercom sends it: a URL, an object with `image_url`, or nothing. Decorative: the name is beside it. */
export function avatarOf(id: string, name: string, avatar: unknown): HTMLElement {
  const initials = element("span", { class: `avatar avatar-${colourOf(id)}`, "aria-hidden": "true" }, initialsOf(name));
  const url = pictureUrl(avatar);
  if (url === null) return initials;
  // The picture's host learns that somebody looked, but not from where.
  const picture = element("img", {
    class: "avatar",
    alt: "",
    referrerpolicy: "no-referrer",
    loading: "lazy",
    decoding: "async",
  });
  picture.addEventListener("error", () => picture.replaceWith(initials), { once: true });
  picture.src = url;
  return picture;
}

function pictureUrl(avatar: unknown): string | null {
  const written = typeof avatar === "object" && avatar !== null && "image_url" in avatar ? avatar.image_url : avatar;
  if (typeof written !== "string" || !URL.canParse(written)) return null;
  const url = new URL(written);
  return url.protocol === "https:" || url.protocol === "data:" || url.origin === location.origin ? url.href : null;
}

function colourOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % COLOURS;
}
