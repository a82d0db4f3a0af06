# Turns a file into a C++ array.
file(READ ${FROM} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"sync/dictionary.hpp\"\nnamespace carnet {\nnamespace {\nconst unsigned char bytes[] = {\n${bytes}};\n}\n"
  "std::string_view dictionary() { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }\n}\n")
