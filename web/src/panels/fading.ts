/** A strip that is wider than its place, as a list of tabs on a phone: the style of that name fades the sides beyond which it goes on. */

import type { Attachment } from 'svelte/attachments';

export const fading: Attachment<HTMLElement> = (strip) => {
  const look = (): void => {
    const { scrollLeft, clientWidth, scrollWidth } = strip;
    strip.classList.toggle('before', scrollLeft > 2);
    strip.classList.toggle('after', scrollLeft + clientWidth < scrollWidth - 2);
  };
  const sized = new ResizeObserver(look);
  sized.observe(strip);
  const filled = new MutationObserver(look);
  filled.observe(strip, { subtree: true, childList: true, characterData: true });
  strip.addEventListener('scroll', look, { passive: true });
  return () => {
    sized.disconnect();
    filled.disconnect();
    strip.removeEventListener('scroll', look);
  };
};
