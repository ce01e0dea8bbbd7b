/** One's own picture, by which one is known beside one's name. */
import { fileSize } from "./file-size";
import { request } from "./http";
import { upload } from "./upload";

const PATH = "/api/me/picture/";
export const LARGEST_PICTURE_BYTES = 5 * 1024 * 1024;
export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** Why a file cannot become a picture, in words, as far as can be told unsent; else empty. */
export function pictureProblem({ size, type }: Pick<File, "size" | "type">): string {
  if (!PICTURE_TYPES.includes(type))
    return "This is not a picture that can be read: use PNG, JPEG, WebP or GIF.";
  if (size <= LARGEST_PICTURE_BYTES) return "";
  const most = fileSize(LARGEST_PICTURE_BYTES);
  return `It is ${fileSize(size)} large; a picture may have at most ${most}.`;
}

/** Take a file as one's picture; the server keeps the middle square. Raises as `upload`. */
export async function setPicture(file: File): Promise<void> {
  const form = new FormData();
  form.append("file", file);
  await upload(PATH, form, { method: "PUT" });
}

/** Be known by one's initials again. */
export async function removePicture(): Promise<void> {
  await request(PATH, { method: "DELETE" });
}
