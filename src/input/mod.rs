//! Where bytes come from: files, folders, standard input, archives; and which kind of file they are.
