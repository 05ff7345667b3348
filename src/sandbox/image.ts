/** A picture of a product: a colour that is its own, and its first letters. Nothing is loaded from elsewhere. */
import type { Product } from './basket.ts';

export function drawImage({ id, name }: Product): string {
  const hue = (id * 137) % 360;
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toLocaleUpperCase('tr'))
    .join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" role="img">` +
    `<rect width="120" height="120" fill="hsl(${hue} 45% 88%)"/>` +
    `<text x="60" y="74" font-family="sans-serif" font-size="40" text-anchor="middle" fill="hsl(${hue} 45% 28%)">` +
    `${escapeText(letters)}</text></svg>`
  );
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
