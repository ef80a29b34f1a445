// The one executable: `jitproxy serve` and every other command.
return 2;
