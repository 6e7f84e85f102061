/** What the forms of messages say themselves. */
export const words = {
  audio: 'Sound',
  blocked: 'This site does not let the video play here.',
  carousel: 'Cards, side by side',
  close: 'Close',
  enlarge: (name) => `Enlarge: ${name}`,
  location: 'Location',
  next: 'Next card',
  openMap: (place) => `${place}, open the map`,
  picture: 'Picture',
  play: (site) => `Play the ${site} video`,
  position: (number, count) => `${number} of ${count}`,
  previous: 'Previous card',
  typing: 'Typing…',
  video: 'Video',
  watch: (site) => `Watch on ${site}`,
};
