/** The two times a schedule goes by. */
export interface Clock {
  /** Milliseconds since 1970. Is set forth and back by people and by NTP, and forth after a sleep of the machine. */
  wall(): number;
  /** Milliseconds since some moment. Is never set; stands still while the machine sleeps. */
  monotonic(): number;
  /** Calls back after so many milliseconds of the monotonic time; returns what cancels that. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};
