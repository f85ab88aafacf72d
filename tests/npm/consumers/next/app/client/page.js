"use client";
import { useEffect } from "react";
import { dashboard } from "../../../dashboard.js";

export default function Page() {
  useEffect(() => {
    const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    dashboard(given).then(
      (result) => {
        document.title = JSON.stringify(result);
      },
      (error) => {
        document.title = JSON.stringify({ error: String(error) });
      },
    );
  }, []);
  return <p>On the page</p>;
}
