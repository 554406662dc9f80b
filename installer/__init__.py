"""Making the program that users get: freezing, licences, parts list, set-up file, and its trial under Wine."""
