import access from "./access";
import app from "./app";
import home from "./home";
import imports from "./imports";
import organization from "./organization";
import people from "./people";

export default { ...app, ...home, ...people, ...organization, ...imports, ...access };
