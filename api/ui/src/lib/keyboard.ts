/**
 * Keys typed into a field belong to the field, those over a dialog to the dialog.
 *
 * Fields of the type `but` are no fields here.
 */
export function isTyping(event: KeyboardEvent, but = ''): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('dialog[open]')) return true;
  if (target === null || (but !== '' && (target as HTMLInputElement).type === but)) return false;
  return target.matches('input, textarea, select, [contenteditable]');
}
