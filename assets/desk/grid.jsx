// The desk's grid in React's hands: made once, and then told what has changed.
import { useEffect, useRef } from "react";
import { Grid } from "./grid.js";

export default function DeskGrid(props) {
  const place = useRef(null);
  const grid = useRef(null);
  const latest = useRef(props);
  latest.current = props;
  const { whole, steps, reach, people, me, kind, only, answered, words } = props;

  useEffect(() => {
    grid.current = new Grid(place.current, words, (name, ...values) => latest.current[name]?.(...values));
    return () => grid.current.end();
  }, []);
  useEffect(() => grid.current.choose(kind, only), [kind, only]);
  useEffect(() => { if (whole) grid.current.open(JSON.parse(whole)); }, [whole]);
  useEffect(() => grid.current.follow(steps), [steps]);
  useEffect(() => grid.current.meet(people, me), [people, me]);
  useEffect(() => grid.current.light(reach ? JSON.parse(reach) : undefined), [reach]);
  useEffect(() => {
    const { request, about, refusal, reason, said } = latest.current;
    if (answered) grid.current.answer({ request, about, refused: reason || refusal, said });
  }, [answered]);
  return <div ref={place} className="desk-grid" />;
}
