// A session that is over leaves nothing of its person on the screen: the page is opened anew, without its cookie.
(() => {
  const look = () => {
    const link = document.querySelector("a.over");
    if (!link) return;
    observer.disconnect();
    location.replace(link.pathname + "?next=" + encodeURIComponent(location.pathname + location.search));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.documentElement, { subtree: true, childList: true });
})();
