// Keycloak shows who is signing in in a field its label does not name: somebody who cannot see would not hear what it is.
document.addEventListener("DOMContentLoaded", () => {
  const shown = document.getElementById("kc-attempted-username");
  const label = document.querySelector('label[for="username"]');
  if (shown && label) label.htmlFor = shown.id;
});
