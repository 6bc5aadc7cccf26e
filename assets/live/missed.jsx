// Tells the page's state that a change was missed, once each time.
import { useEffect } from "react";

export default function Missed({ missed, onMiss }) {
  useEffect(() => { if (missed) onMiss(); }, [missed]);
  return null;
}
