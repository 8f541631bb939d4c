/** Keys that are typed into a field belong to the field. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return target !== null && target.matches('input, textarea, select, [contenteditable]');
}
