// Tells which Java this is, and that the bootstrap runs on it.
package tidegate.bootstrap;

public final class Probe {
    private Probe() {}

    public static void main(String[] none) {
        System.out.print(System.getProperty("java.home") + "\n"
                + System.getProperty("java.specification.version") + "\n");
    }
}
