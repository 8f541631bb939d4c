/** Files that an answer of the API brings along, to be kept on the device. */

/** The bytes of a text in base64. Pure. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Name, size and SHA-256 of a file, which stays on the device. */
export async function paperOf(file: File): Promise<{ name: string; size: number; sha256: string }> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, '0')).join('');
  return { name: file.name, size: file.size, sha256: `sha256:${hex}` };
}
