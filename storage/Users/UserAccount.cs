namespace JitProxy.Storage.Users;

/// <summary>A person who may sign in.</summary>
/// <param name="Name">The name that the person signs in with.</param>
/// <param name="Salt">The SCRAM salt of everything that this person signs in with: the server must name it before it knows what that will be.</param>
/// <param name="Iterations">The SCRAM iteration count, for the same reason.</param>
/// <param name="Password">The password's verifiers; null for a person who has none and uses tokens.</param>
/// <param name="CreatedAt">When the person was added, UTC.</param>
public sealed record UserAccount(string Name, ReadOnlyMemory<byte> Salt, int Iterations, PasswordVerifiers? Password, DateTimeOffset CreatedAt);
